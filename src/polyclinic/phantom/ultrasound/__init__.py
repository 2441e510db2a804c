"""Ultrasound of the breast: layers of tissue in speckle, with masses, cysts and what casts a shadow."""
