"""What anybody may ask without signing in: where a dossier is, the registers, and whether a paper is genuine."""
