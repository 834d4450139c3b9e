import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failurePart, page } from '@manifold-examples/telemetry/admin-page'
import { html } from '@manifold-examples/telemetry/html'

describe('the HTML of the admin page', () => {
  it('escapes whatever is put in, in text and in attributes', () => {
    const text = `<b>"it's" & more</b>`
    assert.equal(
      html`<p title="${text}">${1}</p>`.text,
      '<p title="&#60;b&#62;&#34;it&#39;s&#34; &#38; more&#60;/b&#62;">1</p>',
    )
  })

  it('takes HTML as it is, alone and in lists', () => {
    assert.equal(
      html`<ul>${['a', '<'].map((item) => html`<li>${item}`)}</ul>`.text,
      '<ul><li>a<li>&#60;</ul>',
    )
  })

  it('escapes the message of a failure', () => {
    const text = page(failurePart('<script>alert(1)</script>'))
    assert.ok(text.includes('&#60;script&#62;alert(1)'))
    assert.ok(!text.includes('<script>alert'))
  })
})
