//! Takes a permit and its request to the upstream, and streams the answer back
