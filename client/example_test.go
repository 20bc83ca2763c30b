package client_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"banger/api"
	"banger/client"
	"banger/internal/paths"
)

// connect is what every program begins with.
func connect(ctx context.Context) *client.Client {
	p, err := paths.Resolve(os.Getenv, os.Getuid())
	if err != nil {
		log.Fatal(err)
	}
	c, err := client.Connect(ctx, client.Options{Paths: p})
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// A fresh VM for one command: it is gone when the program ends, however that ends.
func Example() {
	ctx := context.Background()
	c := connect(ctx)
	defer c.Close()
	started, err := c.CreateVM(ctx, api.CreateVM{
		VCPU: 1, Memory: 512 << 20, Disk: 8 << 30, System: 8 << 30, Rm: true, Start: true,
	}, func(p api.Progress) { fmt.Fprintln(os.Stderr, p.Phase) })
	if err != nil {
		log.Fatal(err)
	}
	lease, err := client.Lease(ctx, started.VM)
	if err != nil {
		log.Fatal(err)
	}
	defer lease.Close()
	exit, err := client.Exec(ctx, started.VM, client.Command{Args: []string{"uname", "-a"}}, client.Streams{Stdout: os.Stdout, Stderr: os.Stderr}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("it ended with status", exit.Status())
}

// What becomes of every VM, until the context ends.
func ExampleClient_Events() {
	ctx := context.Background()
	c := connect(ctx)
	defer c.Close()
	err := c.Events(ctx, "vm", func(e api.Event) { fmt.Printf("%s is %s %s\n", e.Name, e.Action, e.Detail) })
	log.Fatal(err)
}

// A VM is being made while this program does something else.
func ExampleClient_Begin() {
	ctx := context.Background()
	c := connect(ctx)
	defer c.Close()
	op, err := c.Begin(ctx, "/v1/vms", api.CreateVM{Name: "web", VCPU: 1, Memory: 512 << 20, Disk: 8 << 30, System: 8 << 30, Start: true})
	if err != nil {
		log.Fatal(err)
	}
	var started api.Started
	if err := c.FollowOperation(ctx, op.ID, nil, &started); err != nil {
		log.Fatal(err)
	}
	fmt.Println(started.VM.Name, started.VM.State)
}

// Everything that is under way is cancelled.
func ExampleClient_CancelOperation() {
	ctx := context.Background()
	c := connect(ctx)
	defer c.Close()
	list, err := c.Operations(ctx, false)
	if err != nil {
		log.Fatal(err)
	}
	for _, op := range list.Operations {
		if op, err = c.CancelOperation(ctx, op.ID); err != nil {
			log.Fatal(err)
		}
		fmt.Println(op.Kind, op.Target, op.State)
	}
}

// A copy of a running VM, which goes on, and a size that counts from its next start on.
func ExampleClient_ForkVM() {
	ctx := context.Background()
	c := connect(ctx)
	defer c.Close()
	forks, err := c.ForkVM(ctx, "web", 1, nil)
	if err != nil {
		log.Fatal(err)
	}
	vcpu := 4
	changed, err := c.SetVM(ctx, forks.VMs[0].ID, api.SetVM{VCPU: &vcpu})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(changed.Name, changed.Pending)
}
