import { z } from "zod";
import { GithubError, notFound, userOf } from "./answers";
import type { Answer, Asked } from "./routes";
import type { Account, State } from "./state";

/** An issue of the repository, or a pull request, which GitHub lists among them. */
export interface IssueState {
  number: number;
  title: string;
  body: string | null;
  state: "open" | "closed";
  author: Account;
  association: string;
  comments: string[];
  pull: boolean;
}

const opened = z.object({ title: z.string().min(1).max(256), body: z.string().max(65_536) });
const changed = z.object({ body: z.string().max(65_536) });

/** A body that GitHub takes, or the answer that it gives one of another form. */
function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const found = schema.safeParse(body);
  if (found.success) return found.data;
  throw new GithubError(422, "Validation Failed");
}

const shown = ({ number, title, body, state, author, association, pull }: IssueState) => ({
  ...{ number, title, body, state, user: userOf(author), author_association: association },
  html_url: `https://github.com/company/orders/issues/${number}`,
  ...(pull ? { pull_request: {} } : {}),
});

function issueIn({ state, path: [number] }: Asked): IssueState {
  const found = state.issues.find((each) => each.number === Number(number));
  if (!found) throw notFound();
  return found;
}

/** Writes an issue as somebody does by hand. */
export function addIssue(state: State, author: Account, text: { title: string; body: string | null }): IssueState {
  const association = author.type === "Bot" ? "NONE" : "MEMBER";
  const issue: IssueState = {
    number: state.nextId(),
    ...text,
    state: "open",
    author,
    association,
    comments: [],
    pull: false,
  };
  state.issues.push(issue);
  return issue;
}

export const listIssues = ({ state, query }: Asked): Answer => ({
  list: state.issues.filter((each) => each.state === (query.get("state") ?? "open")).map(shown),
});

export const openIssue = ({ state, account, body }: Asked): Answer => ({
  status: 201,
  value: shown(addIssue(state, account, read(opened, body))),
});

export function changeIssue(asked: Asked): Answer {
  const issue = issueIn(asked);
  issue.body = read(changed, asked.body).body;
  return { value: shown(issue) };
}

export function commentIssue(asked: Asked): Answer {
  issueIn(asked).comments.push(read(changed, asked.body).body);
  return { status: 201, value: {} };
}
