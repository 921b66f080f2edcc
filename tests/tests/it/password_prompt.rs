//! Passwords that are typed: asked for twice, never shown, and the terminal is as it was whatever happens.

use portcullis_tests::cast::OPERATOR;
use portcullis_tests::command::Portcullis;
use portcullis_tests::gate::Gate;
use portcullis_tests::setup::Setup;
use portcullis_tests::terminal::Terminal;
use tempfile::TempDir;

const PHRASE: &str = "gX3-pT9-kw7-qZ1";
const FIRST: &str = "Password: ";
const SECOND: &str = "Once more: ";

/// The commands that ask, with a database in which there is somebody.
async fn commands() -> (Gate, Vec<Vec<String>>) {
    let setup = Setup::new();
    let everybody = format!("api:\n{}\n", setup.users_yaml().join("\n"));
    let gate = setup.in_database().start().await;
    let (file, people) = (gate.file().clone(), gate.file().with_file_name("people.yaml"));
    std::fs::write(&people, everybody).unwrap();
    let [file, people] = [file, people].map(|path| path.to_str().unwrap().to_owned());
    let imported = Portcullis::with(&["user", "import", "--config", &file, &people]).run();
    assert_eq!(imported.status, 0, "{imported:?}");
    let all = [
        &["hash-password", "--cost", "4"][..],
        &["user", "add", "--config", &file, "typed", "--role", "viewer"],
        &["user", "passwd", "--config", &file, OPERATOR.name],
    ];
    (gate, all.map(|command| command.iter().map(|part| (*part).to_owned()).collect()).to_vec())
}

fn on_a_terminal(gate: &Gate, command: &[String]) -> Terminal {
    let arguments: Vec<_> = command.iter().map(String::as_str).collect();
    Terminal::run(&arguments, gate.file().parent().unwrap())
}

#[tokio::test]
async fn a_password_is_asked_for_twice_and_never_shown() {
    let (gate, commands) = commands().await;
    for (command, result) in commands.iter().zip(["$2b$04$", "added typed: viewer", "operator has another"]) {
        let mut terminal = on_a_terminal(&gate, command);
        for prompt in [FIRST, SECOND] {
            terminal.asks(prompt).await;
            terminal.types(&format!("{PHRASE}\n"));
        }
        let (status, shown) = terminal.ended().await;
        assert_eq!(status, 0, "{shown}");
        assert!(shown.contains(result) && !shown.contains(PHRASE), "{shown}");
        assert!(terminal.is_restored(), "{command:?}");
    }
}

#[tokio::test]
async fn two_that_are_not_the_same_are_refused_and_neither_is_shown() {
    let (gate, commands) = commands().await;
    for command in &commands {
        let mut terminal = on_a_terminal(&gate, command);
        terminal.asks(FIRST).await;
        terminal.types(&format!("{PHRASE}\n"));
        terminal.asks(SECOND).await;
        terminal.types(&format!("{PHRASE}x\n"));
        let (status, shown) = terminal.ended().await;
        assert_eq!(status, 2, "{shown}");
        assert!(shown.contains("the two are not the same") && !shown.contains(PHRASE), "{shown}");
        assert!(!shown.contains("$2b$") && terminal.is_restored(), "{command:?}");
    }
}

#[tokio::test]
async fn whoever_gives_up_gets_his_terminal_back_as_it_was() {
    let (gate, commands) = commands().await;
    for command in &commands {
        for is_asked_again in [false, true] {
            let mut terminal = on_a_terminal(&gate, command);
            terminal.asks(FIRST).await;
            if is_asked_again {
                terminal.types(&format!("{PHRASE}\n"));
                terminal.asks(SECOND).await;
            }
            // Ctrl-C, after some of it was typed.
            terminal.types("half of\x03");
            let (status, shown) = terminal.ended().await;
            assert_eq!(status, 128 + 2, "{shown}");
            assert!(!shown.contains("half of") && !shown.contains("$2b$"), "{shown}");
            assert!(terminal.is_restored(), "{command:?}");
        }
    }
}

#[tokio::test]
async fn a_password_that_is_none_is_refused_like_one_from_standard_input() {
    let folder = TempDir::new().unwrap();
    let mut terminal = Terminal::run(&["hash-password"], folder.path());
    for prompt in [FIRST, SECOND] {
        terminal.asks(prompt).await;
        terminal.types("\n");
    }
    let (status, shown) = terminal.ended().await;
    assert!(status == 2 && shown.contains("a password has 1 to 72 bytes"), "{status}: {shown}");
}
