module tools/terraform-oldest

go 1.26.6

tool github.com/hashicorp/terraform

require github.com/hashicorp/terraform v1.9.8
