//! Portcullis' own endpoints, on axum
