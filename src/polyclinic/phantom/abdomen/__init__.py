"""The abdomen: CT after contrast or T2-weighted MR, with tumours of eight organs and with cysts."""
