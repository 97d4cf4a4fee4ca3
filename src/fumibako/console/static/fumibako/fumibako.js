// What is nicer with JavaScript. Every page does its main job without this file.
(() => {
  const on = (type, selector, act) => document.addEventListener(type, (event) => {
    const found = event.target.closest?.(selector)
    if (found) act(event, found)
  })

  // "/" goes to the search, as long as nobody is typing.
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select')) return
    const search = [...document.querySelectorAll('[data-search]')].find((field) => field.offsetParent)
    if (search) { event.preventDefault(); search.focus() }
  })

  // Menus close on Escape and when the person goes elsewhere.
  const close = (except) => document.querySelectorAll('details.menu[open]').forEach((menu) => { if (menu !== except) menu.open = false })
  document.addEventListener('click', (event) => close(event.target.closest('details.menu')))
  document.addEventListener('keydown', (event) => {
    const menu = event.key === 'Escape' && document.querySelector('details.menu[open]')
    if (menu) { menu.open = false; menu.querySelector('summary').focus() }
  })

  // A form is sent once; going back to the page frees it again.
  document.addEventListener('submit', (event) => {
    if (event.target.dataset.sent) return event.preventDefault()
    event.target.dataset.sent = '1'
    dirty.delete(event.target)
    // What takes its time says so on the button, and to a screen reader.
    const button = event.submitter
    if (button?.dataset.busy) {
      const said = button.textContent
      button.textContent = button.dataset.busy
      button.setAttribute('aria-busy', 'true')
      addEventListener('pageshow', () => { button.textContent = said; button.removeAttribute('aria-busy') }, { once: true })
    }
  })
  addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach((form) => delete form.dataset.sent))

  // Leaving a long form half filled in asks first.
  const dirty = new Set()
  on('input', 'form[data-keep]', (event, form) => dirty.add(form))
  addEventListener('beforeunload', (event) => { if (dirty.size) event.preventDefault() })

  // A link to a confirming page opens that page's form in a dialog.
  on('click', 'a[data-dialog]', async (event, link) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    const answer = await fetch(link.href)
    const form = answer.ok && new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('#confirm')
    if (!form) { location.href = link.href; return }
    const dialog = document.createElement('dialog')
    dialog.setAttribute('aria-labelledby', 'confirm-title')
    dialog.append(form)
    dialog.addEventListener('close', () => { dialog.remove(); link.focus() })
    document.body.append(dialog)
    dialog.showModal()
    dialog.querySelectorAll('[data-name]').forEach(wake)
  })
  on('click', 'dialog [data-cancel]', (event, button) => { event.preventDefault(); button.closest('dialog').close() })

  // The button that destroys wakes when the name has been typed.
  const wake = (field) => { field.form.querySelector('[data-needs-name]').disabled = field.value.trim() !== field.dataset.name }
  on('input', '[data-name]', (event, field) => wake(field))

  // Passwords can be looked at; values can be copied.
  on('click', '[data-reveal]', (event, button) => {
    const field = document.getElementById(button.dataset.reveal)
    field.type = field.type === 'password' ? 'text' : 'password'
    button.setAttribute('aria-pressed', field.type === 'text')
  })
  on('click', '[data-copy]', async (event, button) => {
    await navigator.clipboard.writeText(button.dataset.copy)
    const said = button.querySelector('[data-copied]')
    if (said) said.hidden = false
  })
  const enhance = (root) => root.querySelectorAll('[data-enhanced]').forEach((element) => { element.hidden = false })
  enhance(document)

  // The time left to confirm, counted down by the second.
  setInterval(() => document.querySelectorAll('[data-until]').forEach((clock) => {
    const left = Math.max(0, Math.round(Date.parse(clock.dataset.until) / 1000 - Date.now() / 1000))
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
  }), 1000)

  // A plot is read by pointing at it or with the arrow keys.
  const read = (svg, index) => {
    const columns = [...svg.querySelectorAll('.read')]
    const at = Math.min(columns.length - 1, Math.max(0, index))
    columns.forEach((column, i) => column.setAttribute('visibility', i === at ? 'visible' : 'hidden'))
    svg.dataset.at = at
    svg.closest('figure').querySelector('output').textContent = columns[at].dataset.read
  }
  on('pointermove', '.plot svg', (event, svg) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse())
    const distances = [...svg.querySelectorAll('.read')].map((column) => Math.abs(column.getAttribute('x1') - point.x))
    read(svg, distances.indexOf(Math.min(...distances)))
  })
  on('keydown', '.plot svg', (event, svg) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (step) { event.preventDefault(); read(svg, Number(svg.dataset.at ?? svg.querySelectorAll('.read').length) + step) }
  })
  document.addEventListener('htmx:afterSwap', (event) => enhance(event.target))
})()
