"""The skin: dermoscopy of naevi, melanomas, keratoses, carcinomas and haemangiomas."""
