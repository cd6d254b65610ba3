"""The engine that runs containers, behind one small class: names, labels, listings, images, streams."""
