//! The people of the tests. Their hashes have cost 4 and were made by another implementation than ours.

/// Somebody who can log in, or would like to.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// His name.
    pub name: &'static str,
    /// His password.
    pub password: &'static str,
    /// Its bcrypt hash.
    pub hash: &'static str,
    /// What else the file says of him, as members of a YAML flow mapping.
    pub rest: &'static str,
}

/// Holds every right.
pub const ADMIN: Person = Person {
    name: "admin",
    password: "admin's password",
    hash: "$2b$04$eBpnKDI2UHQ9cKnD7WdsO.hyFOnDsadVjoGITEYUnP87nJoIRLd7K",
    rest: "role: admin",
};

/// May look.
pub const OPERATOR: Person = Person {
    name: "operator",
    password: "operator's password",
    hash: "$2b$04$2WwcNn7C1KOYPpVxJ2UoJORrYsMcAIXdUcNePOTPhsOFlRjmD7kN.",
    rest: "role: operator",
};

/// Holds a role that the BNG's own table knows nothing of.
pub const VIEWER: Person = Person {
    name: "Vera.Viewer",
    password: "viewer's password",
    hash: "$2b$04$ar9ury7W0EZIveEJDscoTeHeYtI3PY47o.j8yjuW50JLktmZ375pO",
    rest: "role: viewer",
};

/// Holds nothing at all.
pub const NOBODY: Person = Person {
    name: "nobody",
    password: "nobody's password",
    hash: "$2b$04$WRBMksa/51qca6SVfTRF3OgXC9p4lEZ8YW6xH0Wz9ba8SzbAnT1sC",
    rest: "roles: []",
};

/// Is deactivated.
pub const FORMER: Person = Person {
    name: "former.employee",
    password: "former's password",
    hash: "$2b$04$m4nItIin06mi4XcY9LF/3OuXxoCpswtHTfZR4sAKIMHtUFhcYzPOC",
    rest: "role: admin, active: false",
};

/// Has no right to log in to the API.
pub const CONSOLE: Person = Person {
    name: "console+only",
    password: "robot's password",
    hash: "$2b$04$x52KKNOxUs2x2hwLRxoY1utiZL36vdGPsRHQxjwiXPUVHqDrKjtu6",
    rest: "role: admin, api_login: false",
};

/// Those of whom every file knows, unless its test says otherwise.
pub const EVERYBODY: [Person; 6] = [ADMIN, OPERATOR, VIEWER, NOBODY, FORMER, CONSOLE];

/// Another password that somebody may be given, with its hash.
pub const OTHER_PASSWORD: (&str, &str) =
    ("another password", "$2b$04$vRV9QnHIMUEhxA9s.p.jWejTyTbjJdgyFl5ayDOnTwHf3dqy75Xli");

impl Person {
    /// The same person, of whom the file says something else.
    #[must_use]
    pub const fn but(self, rest: &'static str) -> Self {
        Self { rest, ..self }
    }

    /// As a form that asks for a token (RFC 6749 4.3.2).
    pub fn form(&self) -> String {
        let encoded = |text: &str| text.replace('+', "%2B").replace(' ', "+").replace('\'', "%27");
        format!("grant_type=password&username={}&password={}", encoded(self.name), encoded(self.password))
    }

    /// As an item of `users`.
    pub fn yaml(&self) -> String {
        let Self { name, hash, rest, .. } = self;
        format!("{{username: {name}, password_hash: \"{hash}\", {rest}}}")
    }
}
