"""Encoders and pixel decoders of images."""
