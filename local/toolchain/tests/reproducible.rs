//! Builds this repository's function in another directory and compares the bytes. It recompiles
//! everything for minutes, so it runs only if `REPRODUCE_FUNCTION` is set.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed expectation is a failed test, and a skipped test prints its reason"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use local_toolchain::{Architecture, Cache, FunctionCrate, Silent, Toolchain};

#[tokio::test]
async fn the_function_has_the_same_bytes_in_another_checkout() {
    if std::env::var_os("REPRODUCE_FUNCTION").is_none() {
        println!("skipped: REPRODUCE_FUNCTION is not set; building the function takes minutes");
        return;
    }
    let toolchain = Toolchain::detect(Cache::of_user().unwrap(), Arc::new(Silent));
    let toolchain = toolchain.await.unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let here = here.canonicalize().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    // Deeper, and with characters that shells and compilers may mishandle.
    let there = temporary.path().join("some where/else-entirely");
    copy(&here, &there, &[".git", "dist", "target"]);

    let one = toolchain.build_function_zip(&here).await.unwrap();
    let function = FunctionCrate::of_repository(&there, Architecture::of_host().unwrap()).unwrap();
    let other = toolchain.build_zip(&function).await.unwrap();
    assert!(
        other.changed,
        "{} existed before the build",
        other.path.display()
    );
    assert_eq!(one.sha256, other.sha256);
    assert_eq!(fs::read(&one.path).unwrap(), fs::read(&other.path).unwrap());

    let binary = function.target_dir.join("lambda/connect-pin-sms/bootstrap");
    let binary = fs::read(binary).unwrap();
    let home = std::env::home_dir().unwrap();
    for private in [temporary.path(), &here, &home.join(".cargo")] {
        let private = private.to_string_lossy().into_owned().into_bytes();
        let tells = binary.windows(private.len()).any(|part| part == private);
        assert!(!tells, "{private:?} is in the binary");
    }
}

/// Copies a directory except these names at its top.
fn copy(from: &Path, to: &Path, without: &[&str]) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if without.iter().any(|left_out| name == *left_out) {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(name), &[]);
        } else {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}
