"""What a factory gets for one order: its names, its manifest, its job ticket. Bytes out, nothing else."""
