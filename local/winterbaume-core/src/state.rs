//! The stored state of a service.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::RwLock;

/// Returns the account that services act in.
pub fn default_account_id() -> &'static str {
    "123456789012"
}

/// An account and a Region.
type Scope = (String, String);

/// The state of a service, one for each account and Region.
pub struct BackendState<B> {
    scopes: Mutex<HashMap<Scope, Arc<RwLock<B>>>>,
}

impl<B: Default + Send + Sync> BackendState<B> {
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the state of an account and Region, which is empty at first.
    pub fn get(&self, account_id: &str, region: &str) -> Arc<RwLock<B>> {
        let scope = (account_id.to_owned(), region.to_owned());
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(scopes.entry(scope).or_default())
    }

    /// Returns the accounts and Regions that have been used, in the order of their names.
    pub fn scopes_with_state(&self) -> Vec<(String, String)> {
        let scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<_> = scopes.keys().cloned().collect();
        names.sort();
        names
    }
}

impl<B> Default for BackendState<B> {
    fn default() -> Self {
        Self {
            scopes: Mutex::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_region_of_an_account_has_a_state_of_its_own() {
        let state: BackendState<Vec<u8>> = BackendState::new();
        state.get("123456789012", "us-east-1").write().await.push(1);
        state.get("123456789012", "eu-west-1").write().await.push(2);
        state.get("123456789012", "us-east-1").write().await.push(3);
        let here = state.get("123456789012", "us-east-1");
        assert_eq!(*here.read().await, [1, 3]);
        let regions: Vec<_> = state.scopes_with_state().into_iter().collect();
        let account = || "123456789012".to_owned();
        assert_eq!(
            regions,
            [
                (account(), "eu-west-1".to_owned()),
                (account(), "us-east-1".to_owned())
            ]
        );
    }
}
