variable "architecture" {
  description = "Processor that the function's zip was built for: `x86_64` or `arm64`."
  type        = string
  default     = "x86_64"
  nullable    = false
}

variable "instance_alias" {
  description = "Alias of the Amazon Connect instance; must be free in all of AWS."
  type        = string
  default     = "campaign-line-minimal"
  nullable    = false
}
