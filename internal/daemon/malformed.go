package daemon

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/danielgtaylor/huma/v2"
)

// formats is JSON alone, whose errors do not speak of Go.
var formats = map[string]huma.Format{
	"application/json": {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal},
	"json":             {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal},
}

func unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("the body is no JSON: at byte %d, %w", syntax.Offset, err)
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		what := "the body"
		if kind.Field != "" {
			what = kind.Field
		}
		return fmt.Errorf("%s cannot be %s", what, kind.Value)
	}
	return err
}

// maxValue is the longest value that is told back to who sent it, in bytes.
const maxValue = 80

// complaint is one of huma's errors. What is said of a whole body does not repeat it.
func complaint(err error) string {
	d, ok := errors.AsType[*huma.ErrorDetail](err)
	if !ok || d.Location == "" {
		return err.Error()
	}
	switch value := fmt.Sprint(d.Value); {
	case d.Value == nil, len(value) > maxValue, d.Location == "body":
		return fmt.Sprintf("%s (%s)", d.Message, d.Location)
	default:
		return fmt.Sprintf("%s (%s: %s)", d.Message, d.Location, value)
	}
}
