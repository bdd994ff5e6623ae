"""`reel preview`: watches the sources, redraws what an edit touched, shows it on a page. Renders no film."""
