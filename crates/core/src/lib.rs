//! What a user, role, right, realm, token and permit are; the ports; the decision
