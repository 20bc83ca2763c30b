package rules

import (
	"go/ast"
	"go/token"
)

// uncommented finds exported names that no comment explains. A comment on a group
// of constants or variables explains them all; methods count on exported types.
func uncommented(f file) []string {
	var found []string
	miss := func(name *ast.Ident) {
		if name.IsExported() {
			found = append(found, f.at(name.Pos())+" "+name.Name)
		}
	}
	for _, decl := range f.ast.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && exportedReceiver(d) {
				miss(d.Name)
			}
		case *ast.GenDecl:
			missingSpecs(d, miss)
		}
	}
	return found
}

func missingSpecs(d *ast.GenDecl, miss func(*ast.Ident)) {
	if d.Tok == token.IMPORT || d.Doc != nil {
		return
	}
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Doc == nil && s.Comment == nil {
				miss(s.Name)
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				if s.Doc == nil && s.Comment == nil {
					miss(name)
				}
			}
		}
	}
}

// exportedReceiver reports whether a function is a plain one or a method of an exported type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}
