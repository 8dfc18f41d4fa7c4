//! The parameter store: embedded, with the keys that it forgets.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::header::CONTENT_LENGTH;
use futures_util::FutureExt;
use local_aws::{Request, Response, Service, ServiceFuture};
use serde_json::Value;
use winterbaume_ssm::SsmService;

use crate::embedded::{Embedded, Host};

/// The key of a SecureString for which none was named.
const DEFAULT_KEY: &str = "alias/aws/ssm";

/// SSM of the account.
pub(crate) struct Ssm {
    embedded: Embedded<SsmService>,
    /// Keys of SecureStrings, by Region and name, as they were given.
    keys: Mutex<HashMap<(String, String), String>>,
}

impl Ssm {
    pub(crate) fn new() -> Self {
        Self {
            embedded: Embedded::new(SsmService::new(), Host::Regional("ssm")),
            keys: Mutex::default(),
        }
    }

    /// The key that a parameter is encrypted with; its name may be an ARN, and may end with a
    /// version or label. `None` when the parameter is not encrypted.
    pub(crate) fn key_of(&self, region: &str, name: &str) -> Option<String> {
        let name = match name.split_once(":parameter/") {
            Some((_, name)) => name,
            None => name,
        };
        self.keys().get(&place(region, name)).cloned()
    }

    async fn serve(&self, request: Request) -> Response {
        let region = request.region.clone();
        let operation = request.target().unwrap_or_default().to_owned();
        let asked = request.body.clone();
        let answer = self.embedded.serve(request).await;
        if !answer.status().is_success() {
            return answer;
        }
        let asked: Value = serde_json::from_slice(&asked).unwrap_or_default();
        match operation.as_str() {
            "PutParameter" => self.note(&region, &asked),
            "DeleteParameter" => self.forget(&region, &asked["Name"]),
            "DeleteParameters" => {
                for name in asked["Names"].as_array().into_iter().flatten() {
                    self.forget(&region, name);
                }
            }
            "DescribeParameters" => return self.add_keys(&region, answer),
            _ => {}
        }
        answer
    }

    fn note(&self, region: &str, asked: &Value) {
        let Some(name) = asked["Name"].as_str() else {
            return;
        };
        let place = place(region, name);
        let mut keys = self.keys();
        // A new value may come without its type; the parameter keeps the one that it has.
        match asked["Type"].as_str() {
            Some("SecureString") => {
                let key = asked["KeyId"].as_str().unwrap_or(DEFAULT_KEY);
                keys.insert(place, key.to_owned());
            }
            Some(_) => {
                keys.remove(&place);
            }
            None => {
                if let (Some(known), Some(key)) = (keys.get_mut(&place), asked["KeyId"].as_str()) {
                    *known = key.to_owned();
                }
            }
        }
    }

    fn forget(&self, region: &str, name: &Value) {
        if let Some(name) = name.as_str() {
            self.keys().remove(&place(region, name));
        }
    }

    fn add_keys(&self, region: &str, answer: Response) -> Response {
        let Ok(mut body) = serde_json::from_slice::<Value>(answer.body()) else {
            return answer;
        };
        for parameter in body["Parameters"].as_array_mut().into_iter().flatten() {
            let key = parameter["Name"]
                .as_str()
                .and_then(|name| self.key_of(region, name));
            if let Some(key) = key {
                parameter["KeyId"] = key.into();
            }
        }
        let (mut parts, _) = answer.into_parts();
        parts.headers.remove(CONTENT_LENGTH);
        Response::from_parts(parts, body.to_string().into())
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<(String, String), String>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name with and without its first slash is the same in ARNs, and here.
fn place(region: &str, name: &str) -> (String, String) {
    let name = name.split(':').next().unwrap_or(name);
    (region.to_owned(), name.trim_start_matches('/').to_owned())
}

impl Service for Ssm {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        self.serve(request).boxed()
    }
}
