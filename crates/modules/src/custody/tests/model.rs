//! Random actions against a simple model.
