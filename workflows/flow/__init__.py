"""The route of a dossier: definitions compiled to viewflow flows. Only this room and the models know viewflow."""
