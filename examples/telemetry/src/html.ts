/** Text that is HTML already. Whatever else is put into a page gets escaped. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Insertable = Html | readonly Html[] | string | number

/** A template whose insertions are escaped, unless they are HTML themselves. */
export function html(strings: TemplateStringsArray, ...values: Insertable[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(insert)))
}

function insert(value: Insertable): string {
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(insert).join('')
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
