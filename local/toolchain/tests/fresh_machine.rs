//! Tests that take minutes and need a network, to be run by hand:
//! `cargo test -p local-toolchain --test fresh_machine -- --ignored --nocapture`
//!
//! `TOOLCHAIN_TEST_CACHE` names a cache that outlives the tests; without it, everything is built anew.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "also in the helpers of tests"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use local_toolchain::{
    Architecture, Cache, FunctionCrate, Plan, PlanOutcome, Progress, ProviderBuild, ProviderSource,
    Toolchain,
};
use serde_json::Map;

struct Timed(Instant);

impl Progress for Timed {
    fn step(&self, name: &str) {
        println!("[{:7.2}s] {name}", self.0.elapsed().as_secs_f64());
    }

    fn detail(&self, line: &str) {
        println!("           {line}");
    }

    fn end(&self, _succeeded: bool) {}

    fn beside(&self) -> Arc<dyn Progress> {
        Arc::new(Self(self.0))
    }
}

async fn toolchain() -> (Toolchain, Option<tempfile::TempDir>) {
    let named = std::env::var_os("TOOLCHAIN_TEST_CACHE").map(PathBuf::from);
    let own = named.is_none().then(|| tempfile::tempdir().unwrap());
    let root = named.unwrap_or_else(|| own.as_ref().unwrap().path().to_path_buf());
    let progress = Arc::new(Timed(Instant::now()));
    (
        Toolchain::detect(Cache::at(root), progress).await.unwrap(),
        own,
    )
}

fn function(root: &Path) -> FunctionCrate {
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"function\"]\nresolver = \"3\"\n\
         [profile.lambda]\ninherits = \"release\"\nopt-level = \"z\"\nlto = \"fat\"\ncodegen-units = 1\nstrip = true\n",
    );
    write(
        "function/Cargo.toml",
        "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\nserde_json = \"1\"\n",
    );
    write(
        "function/src/main.rs",
        "fn main() {\n    let argument = std::env::args().nth(1).expect(\"an argument\");\n    \
         let value: serde_json::Value = serde_json::from_str(&argument).unwrap();\n    \
         assert!(!value.is_null(), \"nothing to say\");\n    println!(\"{value}\");\n}\n",
    );
    FunctionCrate {
        root: root.to_path_buf(),
        manifest: root.join("function/Cargo.toml"),
        package: "hello".to_owned(),
        binary: "hello".to_owned(),
        target_dir: root.join("target/function"),
        zip: root.join("dist/hello.zip"),
        architecture: Architecture::of_host().unwrap(),
    }
}

#[tokio::test]
#[ignore = "installs cargo-lambda and zig and compiles a crate three times"]
async fn a_function_has_the_same_bytes_wherever_it_is_built() {
    let (toolchain, _cache) = toolchain().await;
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let deeper = two.path().join("somewhere/else entirely");
    let (one, two) = (function(one.path()), function(&deeper));
    let first = toolchain.build_zip(&one).await.unwrap();
    fs::copy(one.root.join("Cargo.lock"), two.root.join("Cargo.lock")).unwrap();
    let second = toolchain.build_zip(&two).await.unwrap();
    println!("{first:?}\n{second:?}");
    assert!(first.changed && second.changed);
    assert_eq!(first.sha256, second.sha256);
    assert_eq!(
        fs::read(&first.path).unwrap(),
        fs::read(&second.path).unwrap()
    );

    let again = toolchain.build_zip(&one).await.unwrap();
    assert!(
        !again.changed,
        "an unchanged function must not be written again"
    );
    let binary = fs::read(one.target_dir.join("lambda/hello/bootstrap")).unwrap();
    let home = std::env::home_dir().unwrap();
    for private in [one.root.as_path(), &home.join(".cargo")] {
        let private = private.to_string_lossy().into_owned().into_bytes();
        assert!(!binary.windows(private.len()).any(|part| part == private));
    }
}

#[tokio::test]
#[ignore = "builds the AWS provider where the registry cannot be reached"]
async fn terraform_finds_the_aws_provider() {
    let (toolchain, _cache) = toolchain().await;
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("main.tf"),
        "terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n      \
         version = \">= 6.0\"\n    }\n  }\n}\n\nvariable \"name\" {\n  type = string\n}\n\n\
         provider \"aws\" {\n  skip_credentials_validation = true\n  \
         skip_requesting_account_id = true\n}\n\nresource \"aws_sns_topic\" \"this\" {\n  \
         name = var.name\n}\n\noutput \"name\" {\n  value = var.name\n}\n",
    )
    .unwrap();
    let environment = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
    ];
    let environment: BTreeMap<_, _> = environment
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let mut terraform = toolchain
        .terraform(directory.path(), environment.clone())
        .unwrap();
    let source = terraform.init().await.unwrap();
    terraform.validate().await.unwrap();
    let mut variables = Map::new();
    variables.insert("name".to_owned(), "topic".into());
    let saved = directory.path().join("plan");
    let Plan { outcome, text } = terraform.plan(&variables, Some(&saved)).await.unwrap();
    assert_eq!(outcome, PlanOutcome::Changes);
    assert!(
        text.contains("aws_sns_topic.this will be created"),
        "{text}"
    );
    let plan = terraform.show(Some(&saved)).await.unwrap();
    assert_eq!(plan["planned_values"]["outputs"]["name"]["value"], "topic");

    if source == ProviderSource::Mirror {
        let started = Instant::now();
        let mirror = toolchain.provider_mirror().await.unwrap();
        println!("{mirror:?}, verified in {:?}", started.elapsed());
        let started = Instant::now();
        // Without the `.terraform` of the first run.
        fs::remove_dir_all(directory.path().join(".terraform")).unwrap();
        let mut second = toolchain.terraform(directory.path(), environment).unwrap();
        assert_eq!(second.init().await.unwrap(), ProviderSource::Mirror);
        println!("second init in {:?}", started.elapsed());
    }
}

#[tokio::test]
#[ignore = "builds the AWS provider twice"]
async fn the_wide_provider_is_built_after_that_of_the_module() {
    let (toolchain, _cache) = toolchain().await;
    for build in [ProviderBuild::Module, ProviderBuild::Wide] {
        let started = Instant::now();
        let mirror = toolchain.with_provider(build).provider_mirror().await;
        println!(
            "{build:?}: {:?} in {:?}",
            mirror.unwrap(),
            started.elapsed()
        );
    }
}
