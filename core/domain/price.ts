/** What calls of an agent cost, in units of the currency. Each part is added to the others. */
export interface Price {
  /** ISO 4217, such as USD. */
  currency: string;
  per_request?: number;
  /** Of bodies both ways; a megabyte is 1,000,000 bytes. */
  per_megabyte?: number;
  /** Tokens of a language model, as the upstream counts them in its answer. */
  llm?: {
    input_per_million: number;
    output_per_million: number;
    /** Of input tokens that the upstream read from its cache; as other input if left out. */
    cached_input_per_million?: number;
  };
}
