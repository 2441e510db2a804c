"""The fundus: colour photographs of the back of the eye, with the findings of diabetes, age and glaucoma."""
