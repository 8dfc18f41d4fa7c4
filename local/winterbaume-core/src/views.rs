//! The stored state as values that can be read, written and measured.

use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::MockService;

/// A view does not become the state of a service.
#[derive(Debug, thiserror::Error)]
pub enum StateViewError {
    #[error("cannot read or write the state as JSON")]
    Serialize(#[from] serde_json::Error),
    #[error("the state must be one that the service can have: {0}")]
    Invalid(String),
}

/// Reports whether a listener wants to see the state now.
type Wanted = Arc<dyn Fn() -> bool + Send + Sync>;
/// Receives the account, the Region and their state.
type Listener<V> = Arc<dyn Fn(&str, &str, &V) + Send + Sync>;

/// Shows the state of a service to those who want to see it after a request.
pub struct StateChangeNotifier<V> {
    listeners: RwLock<Vec<(Wanted, Listener<V>)>>,
}

impl<V> StateChangeNotifier<V> {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a listener.
    ///
    /// A view copies all that is stored, so `wanted` is asked first after each request.
    pub fn subscribe(
        &self,
        wanted: impl Fn() -> bool + Send + Sync + 'static,
        listener: impl Fn(&str, &str, &V) + Send + Sync + 'static,
    ) {
        let mut listeners = self
            .listeners
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        listeners.push((Arc::new(wanted), Arc::new(listener)));
    }

    /// Returns the listeners that want to see the state now.
    fn waiting(&self) -> Vec<Listener<V>> {
        let listeners = self
            .listeners
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        listeners
            .iter()
            .filter(|(wanted, _)| wanted())
            .map(|(_, listener)| Arc::clone(listener))
            .collect()
    }
}

impl<V> Default for StateChangeNotifier<V> {
    fn default() -> Self {
        Self {
            listeners: RwLock::default(),
        }
    }
}

/// A service whose state can be copied out and in.
#[expect(
    async_fn_in_trait,
    reason = "the services implement the methods as they were declared to them"
)]
pub trait StatefulService: MockService {
    /// The state of an account and Region.
    type StateView: Serialize + DeserializeOwned + Send + Sync;

    /// Returns a copy of the state of an account and Region.
    async fn snapshot(&self, account_id: &str, region: &str) -> Self::StateView;

    /// Replaces the state of an account and Region.
    ///
    /// # Errors
    /// If the service cannot have this state.
    async fn restore(
        &self,
        account_id: &str,
        region: &str,
        view: Self::StateView,
    ) -> Result<(), StateViewError>;

    /// Adds to the state of an account and Region. What is there under the same name is replaced.
    ///
    /// # Errors
    /// If the service cannot have this state.
    async fn merge(
        &self,
        account_id: &str,
        region: &str,
        view: Self::StateView,
    ) -> Result<(), StateViewError>;

    /// Returns the listeners of this service.
    fn notifier(&self) -> &StateChangeNotifier<Self::StateView>;

    /// Shows the state to the listeners that want to see it. Services do this after each request
    /// that succeeded.
    async fn notify_state_changed(&self, account_id: &str, region: &str) {
        let waiting = self.notifier().waiting();
        if waiting.is_empty() {
            return;
        }
        let view = self.snapshot(account_id, region).await;
        for listener in waiting {
            listener(account_id, region, &view);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;
    use crate::{MockRequest, MockResponse};

    /// A service that counts the copies of its state.
    #[derive(Default)]
    struct Counted {
        copies: AtomicUsize,
        notifier: StateChangeNotifier<Vec<String>>,
    }

    impl MockService for Counted {
        fn service_name(&self) -> &str {
            "counted"
        }

        fn url_patterns(&self) -> Vec<&str> {
            Vec::new()
        }

        fn handle(
            &self,
            _request: MockRequest,
        ) -> Pin<Box<dyn Future<Output = MockResponse> + Send + '_>> {
            Box::pin(async {
                self.notify_state_changed("123456789012", "us-east-1").await;
                MockResponse::json(200, "{}")
            })
        }
    }

    impl StatefulService for Counted {
        type StateView = Vec<String>;

        async fn snapshot(&self, account_id: &str, region: &str) -> Vec<String> {
            self.copies.fetch_add(1, Ordering::Relaxed);
            vec![account_id.to_owned(), region.to_owned()]
        }

        async fn restore(&self, _: &str, _: &str, _: Vec<String>) -> Result<(), StateViewError> {
            Ok(())
        }

        async fn merge(&self, _: &str, _: &str, _: Vec<String>) -> Result<(), StateViewError> {
            Ok(())
        }

        fn notifier(&self) -> &StateChangeNotifier<Vec<String>> {
            &self.notifier
        }
    }

    #[tokio::test]
    async fn the_state_is_copied_for_those_alone_who_want_to_see_it() {
        let service = Counted::default();
        let wanted = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(AtomicUsize::new(0));
        let (asked, seeing) = (Arc::clone(&wanted), Arc::clone(&seen));
        service.notifier().subscribe(
            move || asked.load(Ordering::Relaxed),
            move |account, region, view| {
                assert_eq!([account, region], view[..]);
                seeing.fetch_add(1, Ordering::Relaxed);
            },
        );
        let request = || MockRequest {
            method: "POST".to_owned(),
            uri: "https://counted.us-east-1.amazonaws.com/".to_owned(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        };
        service.handle(request()).await;
        assert_eq!(service.copies.load(Ordering::Relaxed), 0);
        wanted.store(true, Ordering::Relaxed);
        service.handle(request()).await;
        assert_eq!(service.copies.load(Ordering::Relaxed), 1);
        assert_eq!(seen.load(Ordering::Relaxed), 1);
    }
}
