"""What stands beside the signed paper for those who cannot ask us: signed statements, and what still holds."""
