/** A binary heap: the item with the smallest key is on top. Not stable between equal keys. */
export class MinHeap<T> {
  readonly #items: T[];
  readonly #keyOf: (item: T) => number;

  constructor(keyOf: (item: T) => number, items: Iterable<T> = []) {
    this.#keyOf = keyOf;
    this.#items = [...items];
    for (let index = (this.#items.length >> 1) - 1; index >= 0; index -= 1) this.#sink(index);
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    const key = this.#keyOf(item);
    let index = items.length;
    items.push(item);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = items[above] as T;
      if (this.#keyOf(parent) <= key) break;
      items[index] = parent;
      index = above;
    }
    items[index] = item;
  }

  pop(): T | undefined {
    const top = this.#items[0];
    const last = this.#items.pop();
    if (this.#items.length > 0) {
      this.#items[0] = last as T;
      this.#sink(0);
    }
    return top;
  }

  /** To be called when the key of the item on top has grown. */
  topGrew(): void {
    this.#sink(0);
  }

  #sink(from: number): void {
    const items = this.#items;
    const { length } = items;
    if (from >= length) return;
    const item = items[from] as T;
    const key = this.#keyOf(item);
    let index = from;
    for (let child = 2 * index + 1; child < length; child = 2 * index + 1) {
      if (child + 1 < length && this.#keyOf(items[child + 1] as T) < this.#keyOf(items[child] as T))
        child += 1;
      if (this.#keyOf(items[child] as T) >= key) break;
      items[index] = items[child] as T;
      index = child;
    }
    items[index] = item;
  }
}
