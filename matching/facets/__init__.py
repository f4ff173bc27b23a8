"""Which listings have which values, as sets of bits that a process keeps."""
