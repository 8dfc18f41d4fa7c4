variable "architecture" {
  description = "Processor of the function, `x86_64` or `arm64`. Null takes the zip that the module carries."
  type        = string
  default     = null
}

variable "instance_alias" {
  description = "Alias of the Amazon Connect instance; must be free in all of AWS."
  type        = string
  default     = "campaign-line-customised"
  nullable    = false
}
