variable "architecture" {
  description = "Processor of the function, `x86_64` or `arm64`. Null takes the zip that the module carries."
  type        = string
  default     = null
}

variable "instance_alias" {
  description = "Alias of the Amazon Connect instance; must be free in all of AWS."
  type        = string
  default     = "campaign-line-complete"
  nullable    = false
}

variable "language" {
  description = "Language of the prompts: `ja` or `en`."
  type        = string
  default     = "ja"
  nullable    = false
}
