//! What a token may be for at the most that somebody gives to his own script.

use super::holdings::Holdings;
use super::{AdminError, Reading};
use crate::domain::grant::{Grant, Scope};
use crate::domain::limits::Limits;
use crate::domain::standing::HeldRole;
use crate::services::user_admin::granted;

impl Reading {
    /// These grants, or else all that whoever asks holds now; resolved to what the roles hold now. A role that he could
    /// grant, but does not hold himself, gives its rights, and is called by its name if he holds everything.
    pub(crate) fn limits(&self, grants: Option<Vec<Grant>>) -> Result<Limits, AdminError> {
        let held = match &self.holdings {
            Holdings::Granted(held) => held.as_slice(),
            Holdings::Everything => &[],
        };
        let Some(grants) = grants else { return Ok(Limits::of(held)) };
        let grants = granted(grants, &self.book)?;
        self.check_grants(&grants)?;
        let holds_all = held.iter().any(HeldRole::is_everything);
        let meant = grants.iter().filter_map(|grant| {
            let role = self.book.get(&grant.role)?.clone();
            let is_whole = holds_all || held.iter().any(|held| is_called_so(held, grant));
            Some(HeldRole { role, scope: grant.scope.clone(), is_whole })
        });
        let limits = Limits::of(&meant.collect::<Vec<_>>());
        Ok(Limits { meant: grants, ..limits })
    }
}

fn is_called_so(held: &HeldRole, grant: &Grant) -> bool {
    held.is_whole
        && held.role.name == grant.role
        && (held.scope == Scope::Everywhere || held.scope == grant.scope)
}
