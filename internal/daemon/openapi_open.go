package daemon

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// open lets answers have fields that the document does not know, since fields are added. Requests that have
// such are refused, and their schemas, by which they are checked, say so.
func open(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas.Map()
	asked := map[string]bool{}
	each(doc, func(op *huma.Operation) {
		if op.RequestBody != nil {
			for _, media := range op.RequestBody.Content {
				reach(media.Schema, schemas, asked)
			}
		}
	})
	for name, schema := range schemas {
		if !asked[name] && schema.AdditionalProperties == false {
			schema.AdditionalProperties = nil
		}
	}
}

// reach notes which of schemas s is made of.
func reach(s *huma.Schema, schemas map[string]*huma.Schema, reached map[string]bool) {
	if s == nil {
		return
	}
	name := strings.TrimPrefix(s.Ref, schemaPrefix)
	if s.Ref != "" && !reached[name] {
		reached[name] = true
		reach(schemas[name], schemas, reached)
	}
	reach(s.Items, schemas, reached)
	if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
		reach(values, schemas, reached)
	}
	for _, property := range s.Properties {
		reach(property, schemas, reached)
	}
}
