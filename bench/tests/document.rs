//! Compares docs/performance.md and its plots with the recorded figures.

use bench::report;
use local_harness::repository;

/// If this fails, run `cargo run --manifest-path bench/Cargo.toml --release -- document`, or measure with
/// `--write`.
#[test]
fn the_page_has_the_figures_that_were_written_down() -> anyhow::Result<()> {
    let repository = repository()?;
    let results = report::read(&repository)?;
    let page = std::fs::read_to_string(repository.join("docs/performance.md"))?;
    assert_eq!(page, report::render(&page, &results)?);
    for (name, svg) in report::plots(&results)? {
        let path = repository.join("docs/performance").join(name);
        assert!(
            page.contains(&format!("(performance/{name})")),
            "docs/performance.md must show {name}"
        );
        assert_eq!(std::fs::read_to_string(path)?, svg, "{name}");
    }
    Ok(())
}
