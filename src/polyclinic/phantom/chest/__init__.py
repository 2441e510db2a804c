"""The chest: radiographs and CT from the same anatomy, with the eight findings of ChestX-ray8."""
