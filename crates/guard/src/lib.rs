//! An HTTP request as the gate sees it: bearer, target, header hygiene, how a refusal is written
