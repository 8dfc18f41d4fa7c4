// Package ec2 stands in for the provider's own package of this name, in builds that leave EC2 out.
package ec2

import (
	"context"
	"errors"
)

// SecurityGroup has the one field that other services read.
type SecurityGroup struct {
	GroupId *string
}

// FindSecurityGroupByNameAndVPCID refuses to look a security group up, for which it would need EC2.
//
// aws_lambda_function does so at a destroy with replace_security_groups_on_destroy, where
// replacement_security_group_ids is not set.
func FindSecurityGroupByNameAndVPCID(context.Context, struct{}, string, string) (*SecurityGroup, error) {
	return nil, errors.New("the AWS provider that was built on this machine has no EC2: " +
		"set replacement_security_group_ids, or use the provider of the Terraform registry")
}
