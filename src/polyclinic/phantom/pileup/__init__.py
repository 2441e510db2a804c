"""Read pileups: sequenced reads over a reference, with the variants that they carry."""
