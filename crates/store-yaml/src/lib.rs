//! Users and roles of a BNG's YAML file, with the place of every fault
