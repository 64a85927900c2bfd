"""Charts of a comparison, drawn with QPainter in the application's palette; what is selected in them is told by key."""
