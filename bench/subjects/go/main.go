// The line's two commands in the style of the usual samples in Go.
package main

import (
	"context"
	"errors"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

type line struct {
	tables   *dynamodb.Client
	sms      *sns.Client
	members  string
	benefits string
}

func main() {
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	line := line{
		tables:   dynamodb.NewFromConfig(settings),
		sms:      sns.NewFromConfig(settings),
		members:  os.Getenv("MEMBER_TABLE_NAME"),
		benefits: os.Getenv("BENEFITS_TABLE_NAME"),
	}
	lambda.Start(line.handle)
}

func (l line) handle(ctx context.Context, event events.ConnectEvent) (events.ConnectResponse, error) {
	caller := event.Details.ContactData.CustomerEndpoint.Address
	switch event.Details.Parameters["cmd"] {
	case "getMemberId":
		return l.getMemberID(ctx, caller)
	case "sendSms":
		return l.sendSMS(ctx, caller, event.Details.Parameters["pinCode"])
	default:
		return nil, errors.New("command not found")
	}
}

func (l line) getMemberID(ctx context.Context, phone string) (events.ConnectResponse, error) {
	found, err := l.tables.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(l.members),
		Key:       map[string]types.AttributeValue{"phone": &types.AttributeValueMemberS{Value: phone}},
	})
	if err != nil {
		return nil, err
	}
	id, ok := found.Item["id"].(*types.AttributeValueMemberS)
	if !ok {
		return events.ConnectResponse{"memberId": "-1"}, nil
	}
	return events.ConnectResponse{"memberId": id.Value}, nil
}

func (l line) sendSMS(ctx context.Context, phone, pin string) (events.ConnectResponse, error) {
	found, err := l.tables.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(l.benefits),
		Key:       map[string]types.AttributeValue{"pinCode": &types.AttributeValueMemberS{Value: pin}},
	})
	if err != nil {
		return nil, err
	}
	url, ok := found.Item["campaignUrl"].(*types.AttributeValueMemberS)
	if !ok {
		return events.ConnectResponse{"result": "Failed"}, nil
	}
	_, err = l.sms.Publish(ctx, &sns.PublishInput{
		PhoneNumber: aws.String(phone),
		Message:     aws.String("キャンペーンページ " + url.Value),
		MessageAttributes: map[string]snstypes.MessageAttributeValue{
			"AWS.SNS.SMS.SMSType": {DataType: aws.String("String"), StringValue: aws.String("Promotional")},
		},
	})
	if err != nil {
		return nil, err
	}
	return events.ConnectResponse{"result": "Success"}, nil
}
