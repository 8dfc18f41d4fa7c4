// Package ec2endpoint stands in for the part of EC2's client that tells the endpoints of Regions.
package ec2endpoint

import (
	"context"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/hashicorp/aws-sdk-go-base/v2/endpoints"
)

// EndpointParameters select an endpoint.
type EndpointParameters struct {
	Region *string
}

// Endpoint is the address of a service in a Region.
type Endpoint struct {
	URI url.URL
}

// Resolver knows the endpoints.
type Resolver struct{}

// NewDefaultEndpointResolverV2 returns a resolver.
func NewDefaultEndpointResolverV2() Resolver {
	return Resolver{}
}

// ResolveEndpoint returns the public endpoint of EC2 in a Region, for example ec2.cn-north-1.amazonaws.com.cn.
func (Resolver) ResolveEndpoint(_ context.Context, parameters EndpointParameters) (Endpoint, error) {
	region := aws.ToString(parameters.Region)
	partition, known := endpoints.PartitionForRegion(endpoints.DefaultPartitions(), region)
	if !known {
		return Endpoint{}, fmt.Errorf("the Region %q belongs to no partition", region)
	}
	host := fmt.Sprintf("ec2.%s.%s", region, partition.DNSSuffix())
	return Endpoint{URI: url.URL{Scheme: "https", Host: host}}, nil
}
