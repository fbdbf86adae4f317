// How it went: loading, no network, refused. `again` is triggered by the button.

Component({
  properties: {
    state: String,
    trouble: String,
    words: Object,
    retry: Boolean,
  },
  methods: {
    again() {
      this.triggerEvent("again");
    },
  },
});
