//! The fenced blocks of a page, in their order.

/// One block, and what its fence says that it is.
pub(super) struct Block {
    /// The language, and after a comma what else there is to say: `console`, `sh,system`.
    pub(super) info: String,
    pub(super) lines: Vec<String>,
}

/// A command, and what the page says that it prints. A script says nothing about that, and has to succeed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) command: String,
    pub(super) printed: Option<Vec<String>>,
}

/// All blocks of a page. Those in a list are indented by as much as their fence.
pub(super) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = vec![];
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some((indent, info)) = line.split_once("```").filter(|(indent, _)| indent.trim().is_empty())
        else {
            continue;
        };
        let inside = lines.by_ref().take_while(|line| line.trim() != "```");
        let lines = inside.map(|line| line.strip_prefix(indent).unwrap_or(line).to_owned()).collect();
        blocks.push(Block { info: info.to_owned(), lines });
    }
    blocks
}

impl Block {
    /// What is to be run of it: each command of a console, or a script as a whole.
    pub(super) fn steps(&self) -> Vec<Step> {
        match self.info.as_str() {
            "console" => commands(&self.lines),
            "sh" | "bash" => vec![Step { command: self.lines.join("\n"), printed: None }],
            _ => vec![],
        }
    }
}

/// The commands of a console, which begin with `$ ` and go on after a backslash.
fn commands(lines: &[String]) -> Vec<Step> {
    let mut steps: Vec<Step> = vec![];
    for line in lines {
        let last = steps.last_mut();
        match (line.strip_prefix("$ "), last) {
            (Some(command), _) => {
                steps.push(Step { command: command.to_owned(), printed: Some(vec![]) });
            }
            (None, Some(step)) if step.command.ends_with('\\') => {
                step.command.push('\n');
                step.command.push_str(line);
            }
            (None, Some(step)) => step.printed.get_or_insert_default().push(line.clone()),
            (None, None) => panic!("a console block begins with a command, not with {line:?}"),
        }
    }
    steps
}

#[test]
fn a_page_falls_into_blocks_and_these_into_steps() {
    let page = "# A\n\n```console\n$ a \\\n    b\n1\n2\n$ c\n```\n\n1. x\n\n   ```sh\n   d\n     e\n   ```\n\n```json\n{}\n```\n";
    let blocks = blocks(page);
    assert_eq!(blocks.iter().map(|block| block.info.as_str()).collect::<Vec<_>>(), ["console", "sh", "json"]);
    let steps: Vec<_> = blocks.iter().flat_map(Block::steps).collect();
    let step = |command: &str, printed: Option<&[&str]>| {
        let printed = printed.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect());
        Step { command: command.to_owned(), printed }
    };
    let expected = [step("a \\\n    b", Some(&["1", "2"])), step("c", Some(&[])), step("d\n  e", None)];
    assert_eq!(steps, expected);
}
