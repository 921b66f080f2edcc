//! Changing one's own password: whoever holds a token must still know the present one, and guessing it is not free.

use std::net::IpAddr;
use std::sync::Arc;

use super::entry::{Credential, Known, Secret};
use super::{AdminError, UserAdmin};
use crate::domain::directory::{Edit, UserEntry};
use crate::domain::secret::Password;
use crate::domain::user::{Credentials, Stamp, Username};
use crate::ports::password_hasher::{Comparison, HasherError};
use crate::services::registry::{Editor, words};
use crate::services::throttle::Held;
use crate::services::throttle::watch::Watch;

const ACTION: &str = "user.password";

impl UserAdmin {
    /// Changes the password of the user who asks. All his tokens end, the one he asks with too.
    pub async fn change_own_password(
        &self,
        editor: &Editor,
        name: &Username,
        current: Password,
        new: Password,
    ) -> Result<(), AdminError> {
        self.registrar.check_writable()?;
        self.check_acceptable(&new, name)?;
        let compared = self.compared(editor.actor.address, name, current).await;
        let stamp = compared.map_err(|error| self.registrar.noted(error, editor, ACTION))?;
        let secret = self.secret(name, &Credential::Password(new)).await?;
        self.registrar.settle(editor, ACTION, || self.try_own(editor, name, stamp, &secret)).await
    }

    /// What his tokens carry for as long as the password that was given is his, if it is.
    async fn compared(
        &self,
        address: Option<IpAddr>,
        name: &Username,
        current: Password,
    ) -> Result<Stamp, AdminError> {
        let policy = self.registrar.policy();
        let throttling = &policy.logins.throttle;
        let clock = self.registrar.clock();
        let watch = Arc::new(Watch::over(&self.throttle, clock, throttling, name.as_str(), address));
        watch.check().map_err(|Held(retry_after)| AdminError::Throttled { retry_after })?;
        let known = policy.users.credentials(name).await?;
        let Credentials { user, hash } = known.ok_or(AdminError::Unwelcome)?;
        let at_least = hash.cost();
        let comparison = Comparison { password: current, hash: Some(hash), at_least, referee: watch.clone() };
        match self.hasher.verify(comparison).await {
            Ok(true) => Ok(user.stamp),
            Ok(false) => Err(AdminError::WrongPassword),
            Err(HasherError::Withdrawn) => Err(AdminError::Throttled { retry_after: watch.wait() }),
            Err(error) => Err(error.into()),
        }
    }

    async fn try_own(
        &self,
        editor: &Editor,
        name: &Username,
        compared: Stamp,
        secret: &Secret,
    ) -> Result<(), AdminError> {
        let reading = self.registrar.read(editor, None).await?;
        let Known { entry: before, token_stamp, .. } = Known::read(reading.users(), name).await?;
        // Somebody gave him another password in the meantime, and the one that was compared is no longer his; or ended all
        // his sessions, and this one too.
        if token_stamp != compared {
            return Err(AdminError::WrongPassword);
        }
        let after = UserEntry { hash: secret.hash.clone(), stamp: secret.stamp, ..before.clone() };
        let amendment = words::of_user(&before.name, Some(&before), Some(&after));
        self.registrar.commit(&reading, Edit::PutUser(after), editor, ACTION, amendment).await
    }
}
