"""What a unit does over many pictures, as a figure; a whole data set for every unit at once is a sweep."""
