// Zooming and moving the picture; both panes follow, and a redraw changes nothing.

export class Zoom {
  constructor(button, panes) {
    this.panes = panes;
    this.button = button;
    this.scale = 1;
    this.x = this.y = 0.5;         // point of the picture in the middle of the view
    this.pointer = [0.5, 0.5];
    this.views = [...document.querySelectorAll('.view')];
    for (const view of this.views) this.watch(view);
    button.addEventListener('click', () => this.turn());
  }

  watch(view) {
    view.addEventListener('pointermove', event => {
      const box = view.getBoundingClientRect();
      this.pointer = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      if (this.drag) {
        this.moved ||= Math.hypot(event.clientX - this.drag[0], event.clientY - this.drag[1]) > 4;
        if (this.moved && this.scale > 1) {
          this.x = this.drag[2] - (event.clientX - this.drag[0]) / box.width / this.scale;
          this.y = this.drag[3] - (event.clientY - this.drag[1]) / box.height / this.scale;
          this.apply();
        }
      }
    });
    view.addEventListener('pointerdown', event => { this.drag = [event.clientX, event.clientY, this.x, this.y]; this.moved = false; });
    addEventListener('pointerup', () => { this.drag = null; });
    view.addEventListener('wheel', event => {
      event.preventDefault();
      this.to(this.scale * Math.exp(-event.deltaY / 400));
    }, { passive: false });
  }

  // The picture's point under the pointer.
  under() {
    return [this.x + (this.pointer[0] - 0.5) / this.scale, this.y + (this.pointer[1] - 0.5) / this.scale];
  }

  to(scale) {
    const [px, py] = this.under();
    this.scale = Math.max(1, Math.min(8, scale));
    this.x = px - (this.pointer[0] - 0.5) / this.scale;
    this.y = py - (this.pointer[1] - 0.5) / this.scale;
    this.apply();
  }

  turn() { this.to(this.scale >= 3.9 ? 1 : this.scale * 2); }

  reset() { this.scale = 1; this.apply(); }

  apply() {
    const half = 0.5 / this.scale;
    this.x = Math.max(half, Math.min(1 - half, this.x));
    this.y = Math.max(half, Math.min(1 - half, this.y));
    const move = `scale(${this.scale}) translate(${(0.5 - this.x) * 100}%, ${(0.5 - this.y) * 100}%)`;
    for (const view of this.views) {
      view.style.setProperty('--zoom', this.scale);
      for (const layer of view.querySelectorAll('canvas, .over')) layer.style.transform = move;
    }
    for (const pane of this.panes) pane.fit(this.scale);
    this.button.textContent = this.scale === 1 ? 'zoom' : `${this.scale.toFixed(1)}×`;
  }
}
