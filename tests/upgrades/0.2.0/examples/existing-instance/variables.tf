variable "architecture" {
  description = "Processor of the function, `x86_64` or `arm64`. Null takes the zip that the module carries."
  type        = string
  default     = null
}

variable "instance_alias" {
  description = "Alias of the instance that is there already; must be free in all of AWS."
  type        = string
  default     = "campaign-line-existing"
  nullable    = false
}
