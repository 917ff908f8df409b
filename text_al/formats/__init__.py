"""Files in which batches go out to be labelled and decisions come back; by id and name, never by row."""
