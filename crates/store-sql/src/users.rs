//! Users and roles, as they are read.

use portcullis_core::domain::directory::{Page, Profile, Selection};
use portcullis_core::domain::grant::{Grant, Scope};
use portcullis_core::domain::realm::Realm;
use portcullis_core::domain::right::RightPattern;
use portcullis_core::domain::role::{Role, RoleName};
use portcullis_core::domain::secret::{Cost, PasswordHash};
use portcullis_core::domain::time::Timestamp;
use portcullis_core::domain::user::{Stamp, User, Username};
use portcullis_core::ports::store_error::StoreError;

use crate::sql::{Row, Sql, at_most, malformed};
use crate::statements::users;

/// All that is kept of a user.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) profile: Profile,
    pub(crate) hash: PasswordHash,
}

/// The user of this name.
pub(crate) async fn find(sql: &mut dyn Sql, name: &Username) -> Result<Option<Known>, StoreError> {
    Ok(gathered(sql.rows(users::FIND, &[name.key().into()]).await?)?.pop())
}

/// A page of the users in the order of their keys.
pub(crate) async fn page(sql: &mut dyn Sql, page: Page) -> Result<Vec<Profile>, StoreError> {
    let after = page.after.unwrap_or_default();
    let rows = sql.rows(users::PAGE, &[after.as_str().into(), at_most(page.limit).into()]).await?;
    Ok(gathered(rows)?.into_iter().map(|known| known.profile).collect())
}

/// The highest cost of any hash; of none, the least.
pub(crate) async fn highest_cost(sql: &mut dyn Sql) -> Result<Cost, StoreError> {
    let row = sql.row(users::HIGHEST_COST, &[]).await?;
    let highest = row.map(|mut row| row.optional_integer("users.cost")).transpose()?.flatten();
    let cost = |cost: i64| u8::try_from(cost).ok().and_then(Cost::new);
    highest.map_or(Ok(Cost::LEAST), |highest| {
        cost(highest).ok_or_else(|| malformed("users.cost", "no cost of a hash"))
    })
}

/// A page of the selected names. Each role is asked for by itself: the first so many of all are among the first so
/// many of each.
pub(crate) async fn selected(
    sql: &mut dyn Sql,
    selection: &Selection,
    page: Page,
) -> Result<Vec<Username>, StoreError> {
    let (statement, keys): (_, Vec<&str>) = match selection {
        Selection::Holding(roles) => (users::HOLDING, roles.iter().map(RoleName::key).collect()),
        Selection::RulingWith(roles) => (users::RULING_WITH, roles.iter().map(RoleName::key).collect()),
        Selection::In(realm) => (users::IN_REALM, vec![realm.key()]),
    };
    let after = page.after.unwrap_or_default();
    let mut names = vec![];
    for key in keys {
        let values = [key.into(), after.as_str().into(), at_most(page.limit).into()];
        for mut row in sql.rows(statement, &values).await? {
            names.push(row.parsed("users.name", Username::parse)?);
        }
    }
    names.sort_by(|one, other| one.key().cmp(other.key()));
    names.dedup();
    names.truncate(page.limit);
    Ok(names)
}

/// The roles in the order of their keys.
pub(crate) async fn roles(sql: &mut dyn Sql) -> Result<Vec<Role>, StoreError> {
    let mut roles: Vec<Role> = vec![];
    for mut row in sql.rows(users::ROLES, &[]).await? {
        let _key = row.text("roles.key")?;
        let name = row.parsed("roles.name", RoleName::parse)?;
        let right = row.optionally_parsed("role_rights.pattern", RightPattern::parse)?;
        match roles.last_mut().filter(|last| last.name == name) {
            Some(role) => role.rights.extend(right),
            None => roles.push(Role { name, rights: right.into_iter().collect() }),
        }
    }
    Ok(roles)
}

/// Makes users of rows of which each has one of their grants; those of one user stand together.
fn gathered(rows: Vec<Row>) -> Result<Vec<Known>, StoreError> {
    let mut all: Vec<(Known, Vec<Grant>)> = vec![];
    for mut row in rows {
        let known = known(&mut row)?;
        let grant = grant(&mut row)?;
        match all.last_mut().filter(|(last, _)| last.profile.user.name == known.profile.user.name) {
            Some((_, grants)) => grants.extend(grant),
            None => all.push((known, grant.into_iter().collect())),
        }
    }
    let whole = |(mut known, grants): (Known, Vec<Grant>)| {
        known.profile.user.grants = grants.into();
        known
    };
    Ok(all.into_iter().map(whole).collect())
}

fn known(row: &mut Row) -> Result<Known, StoreError> {
    let name = row.parsed("users.name", Username::parse)?;
    let hash = row.parsed("users.hash", PasswordHash::parse)?;
    let user = User {
        name,
        stamp: Stamp::from_bytes(row.array("users.stamp")?),
        active: row.yes("users.active")?,
        api_login: row.yes("users.api_login")?,
        grants: [].into(),
    };
    let profile = Profile {
        user,
        created_at: Some(Timestamp::from_micros(row.integer("users.created_at")?)),
        last_login_at: row.optional_integer("users.last_login_at")?.map(Timestamp::from_micros),
    };
    Ok(Known { profile, hash })
}

/// The last two columns: a role and a realm, where there is a grant.
pub(crate) fn grant(row: &mut Row) -> Result<Option<Grant>, StoreError> {
    let Some(role) = row.optionally_parsed("grants.role", RoleName::parse)? else { return Ok(None) };
    let realm = row.optionally_parsed("grants.realm", Realm::parse)?;
    Ok(Some(Grant { role, scope: realm.map_or(Scope::Everywhere, Scope::In) }))
}
