//! Fuzzes the reader of requests in CBOR: it takes any bytes or refuses them, and reads again what is
//! written of them.
#![no_main]

use http::{HeaderMap, Method, Uri};
use libfuzzer_sys::fuzz_target;
use local_aws::Request;
use operation::Protocol;
use serde_json::Value;

#[path = "../../local/account/src/cloudwatch/form.rs"]
mod form;
#[path = "../../local/account/src/cloudwatch/wire.rs"]
mod wire;

/// The gateway's other protocols bring all services with them.
mod operation {
    #[derive(Debug, Clone, Copy)]
    #[expect(dead_code, reason = "this target speaks one of them")]
    pub enum Protocol {
        Json,
        Query,
        Rest,
        Cbor,
    }
}

fn read(body: &[u8]) -> Option<Value> {
    let request = Request {
        region: "eu-west-1".into(),
        service: "monitoring".into(),
        access_key_id: "local".into(),
        method: Method::POST,
        uri: Uri::from_static("/"),
        headers: HeaderMap::new(),
        body: body.to_vec().into(),
    };
    match wire::read(&request, Protocol::Cbor) {
        Ok(members) => Some(members),
        Err(fault) => {
            assert_eq!(fault.status, 400);
            None
        }
    }
}

fn written(members: Value) -> Option<Value> {
    let answer = wire::write(Protocol::Cbor, "GetMetricData", Ok(members));
    assert_eq!(answer.status(), 200);
    read(answer.body())
}

fuzz_target!(|bytes: &[u8]| {
    // The first time numbers may change their kind, and times get a tag, for which there may be no room.
    if let Some(members) = read(bytes).and_then(written)
        && let Some(again) = written(members.clone())
    {
        assert_eq!(again, members);
    }
});
