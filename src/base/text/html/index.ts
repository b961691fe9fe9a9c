export {
  type Content,
  htmlBadge,
  htmlLines,
  htmlList,
  htmlTable,
  htmlTag,
  htmlValue,
  type Markup,
  markup,
  type Tone,
} from "./markup";
export { htmlDocument, htmlPage, PAGE_STYLE } from "./page";
