use std::fs;

use super::super::Portcullis;

async fn why_not(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bng.yaml");
    fs::write(&file, text).unwrap();
    Portcullis::from_file(&file).await.unwrap_err().to_string()
}

#[tokio::test]
async fn without_a_gate_there_is_an_error_and_no_open_service() {
    assert!(why_not("api: {enabled: false}").await.starts_with("`api.enabled` is not true in "));
    assert!(why_not("api: {enabled: true, rutes: []}").await.contains("rutes"));
    let missing = Portcullis::from_file("/nowhere/bng.yaml").await.unwrap_err();
    assert!(missing.to_string().contains("/nowhere/bng.yaml"), "{missing}");
}
